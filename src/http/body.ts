/** The answer is longer than the gateway reads. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** What a chunk costs beside what is in it: without it, chunks of one byte would take a hundred times what they carry. */
const BYTES_OF_A_CHUNK = 128;

/** The whole body as text. Leaving the loop by a throw destroys the body, and with it the connection. */
export const readText = async (body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (Math.max(size, chunks.length * BYTES_OF_A_CHUNK) > maxBytes)
      throw new AnswerTooLarge(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)).toString('utf8');
};

const LONG_DIGITS = /\d{16}/;
const INTEGER = /^-?\d+$/;

/**
 * JSON without loss: an integer beyond 2^53, such as a `marker_id`, becomes its digits as text.
 * The reviver is several times slower than plain parsing, so only a body with such a number pays for it.
 */
export const parseJson = (text: string): unknown =>
  LONG_DIGITS.test(text)
    ? JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
        typeof value === 'number' && !Number.isSafeInteger(value) && INTEGER.test(context?.source ?? '')
          ? context!.source
          : value,
      )
    : JSON.parse(text);
