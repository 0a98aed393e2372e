// shrinkPhoto turns a picture upright, scales it down to at most `side` pixels and
// makes a JPEG of it, on the device, so that a slow network carries little.
export async function shrinkPhoto(file: Blob, side = 1280): Promise<Blob> {
  const picture = await open(file)
  const scale = Math.min(1, side / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/jpeg', 0.86)
  })
}

// An <img> honours the camera's orientation everywhere; createImageBitmap does not.
function open(file: Blob): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(file)
    const picture = new Image()
    picture.onload = () => {
      resolve(picture)
      setTimeout(() => URL.revokeObjectURL(address), 10_000)
    }
    picture.onerror = () => {
      URL.revokeObjectURL(address)
      reject(new Error('unreadable picture'))
    }
    picture.src = address
  })
}
