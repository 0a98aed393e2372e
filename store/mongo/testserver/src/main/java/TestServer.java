import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/**
 * Answers MongoDB's wire protocol from memory, on this machine only, for the tests of
 * store/mongo where no mongod can be installed.
 *
 * <pre>
 *   mvn -q compile exec:java -Dexec.args=27117      (in this folder; 0 takes a free port)
 *   KEZHI_TEST_MONGODB_URI=mongodb://127.0.0.1:27117 go test ./store/mongo/
 * </pre>
 *
 * It prints its URI when it listens. It knows no partial and no TTL indexes, ignores hints
 * and sorts in memory, so it proves what queries mean and not what they cost.
 */
public class TestServer {

    /** The backend calls itself 5.0 with wire version 8; the Go driver wants more. */
    private record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

    public static void main(String[] args) throws InterruptedException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        MongoServer server = new MongoServer(new MemoryBackend().version(new Version(List.of(5, 0, 0), 13)));
        server.bind("127.0.0.1", port);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("mongodb://127.0.0.1:" + server.getLocalAddress().getPort());
        Thread.currentThread().join();
    }
}
