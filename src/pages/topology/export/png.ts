/** Longest side of an image that browsers can make. */
const MAX_SIDE = 16_000;
const MAX_AREA = 120_000_000;

/** An SVG file as an image, twice as sharp where there is room. Undefined if the browser cannot make it. */
export const toPng = async (svg: {
  text: string;
  width: number;
  height: number;
}): Promise<Blob | undefined> => {
  const { text, width, height } = svg;
  const scale = Math.min(2, MAX_SIDE / Math.max(width, height), Math.sqrt(MAX_AREA / (width * height)));
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.floor(width * scale);
    canvas.height = Math.floor(height * scale);
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => {
      canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/png');
    });
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
};
