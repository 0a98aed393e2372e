# What can be done here. README.md tells more.
GOLANGCI_LINT := v2.15.0
export GOBIN  := $(CURDIR)/bin
export CGO_ENABLED ?= 0
GO_FILES := $(shell find cmd handler service store wxconfig web/embed.go -type f -not -name '*_test.go' -not -path '*/testdata/*' 2>/dev/null)
WEB_FILES := $(shell find web/src web/public web/build web/index.html web/vite.config.ts web/package.json handler/openapi.yaml 2>/dev/null)

.PHONY: run build web test race servers lint crash bench e2e pictures clean

## run: build all, start Kezhi with its demo town, and print where to open it
run: bin/kezhi
	bin/kezhi serve --demo

## build: the program with the web app in it
build: bin/kezhi

bin/kezhi: $(GO_FILES) go.mod go.sum web/dist/index.html handler/openapi.yaml
	go build -trimpath -ldflags '-s -w' -o bin/kezhi ./cmd/kezhi

web: web/dist/index.html

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_FILES)
	cd web && npm run build

## test: every test of the Go code and of the web app
test: web/dist/index.html
	go vet ./...
	go test ./...
	cd web && npm test

## race: the Go tests once more, under the race detector (needs a C compiler)
race:
	CGO_ENABLED=1 go test -race ./...

## servers: the store's contract on MongoDB's wire and on Redis. KEZHI_TEST_MONGODB_URI and
## KEZHI_TEST_REDIS_URL name servers; without them a stand-in (Java 17, Maven) and redis-server are started
servers:
	@if [ -z "$$KEZHI_TEST_MONGODB_URI" ]; then store/mongo/testserver/with store/serverstest; else store/serverstest; fi

bin/golangci-lint:
	go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)

## lint: the linters, pinned; they hold the direction of imports too
lint: bin/golangci-lint web/node_modules/.package-lock.json
	bin/golangci-lint run ./...
	bin/golangci-lint fmt --diff ./...
	cd web && npm run lint

bin/crash bin/bench: $(GO_FILES) go.mod go.sum
	go build -o $@ ./cmd/$(notdir $@)

bin/kezhi-brokenseats: $(GO_FILES) go.mod go.sum
	go build -tags brokenseats -o $@ ./cmd/kezhi

## crash: kill it at random moments under load, then hold it to its promises; KILLS=100
KILLS ?= 100
crash: bin/kezhi bin/crash bin/kezhi-brokenseats
	bin/crash -binary bin/kezhi-brokenseats -kills 4 -expect-oversell
	bin/crash -kills $(KILLS)

## bench: speed over HTTP beside the bare engine doing the same durable work
bench: bin/kezhi bin/bench
	bin/bench

e2e/node_modules/.package-lock.json: e2e/package.json e2e/package-lock.json
	cd e2e && npm ci --no-audit --no-fund

## e2e: walk the main job as three people in headless Chromium; screenshots in e2e/shots
e2e: bin/kezhi e2e/node_modules/.package-lock.json
	cd e2e && npm test

## pictures: the README's pictures of today
pictures: bin/kezhi e2e/node_modules/.package-lock.json
	mkdir -p docs/screens
	cd e2e && README_PICTURES=1 node --test main-job.test.mjs

clean:
	rm -rf bin web/dist/* web/node_modules e2e/node_modules e2e/shots data
