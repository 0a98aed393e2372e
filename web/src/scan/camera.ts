import { prepareZXingModule, BarcodeDetector as Ponyfill } from 'barcode-detector/ponyfill'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

interface Detector {
  detect(source: HTMLVideoElement | ImageBitmap): Promise<{ rawValue: string }[]>
}

type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

let detector: Promise<Detector> | undefined

// The browser's own detector where it reads QR codes (Android), else zxing compiled to
// WebAssembly, from our own origin.
function loadDetector(): Promise<Detector> {
  detector ??= (async () => {
    const own = (window as unknown as { BarcodeDetector?: DetectorClass }).BarcodeDetector
    const formats = await own?.getSupportedFormats().catch((): string[] => [])
    if (own && formats?.includes('qr_code')) return new own({ formats: ['qr_code'] })
    await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true })
    return new Ponyfill({ formats: ['qr_code'] })
  })()
  detector.catch(() => (detector = undefined))
  return detector
}

// scanCamera shows the rear camera in `video` and tells each code it sees. The promise
// resolves when it is running, with how to stop; it rejects without a camera.
export async function scanCamera(video: HTMLVideoElement, tell: (code: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
  })
  let stopped = false
  const stop = () => {
    stopped = true
    stream.getTracks().forEach((track) => track.stop())
    video.srcObject = null
  }
  try {
    video.srcObject = stream
    const [ready] = await Promise.all([loadDetector(), video.play()])
    const look = async () => {
      if (stopped) return
      if (video.readyState >= video.HAVE_CURRENT_DATA) {
        const codes = await ready.detect(video).catch(() => [])
        for (const code of codes) if (!stopped) tell(code.rawValue)
      }
      setTimeout(() => void look(), 120)
    }
    void look()
    return stop
  } catch (error) {
    stop()
    throw error
  }
}

// readPicture returns the QR codes in a picture file.
export async function readPicture(file: Blob): Promise<string[]> {
  const picture = await createImageBitmap(file)
  const codes = await (await loadDetector()).detect(picture)
  return codes.map((code) => code.rawValue)
}
