const UPSTREAM_ID = /("requestId":")[0-9a-f]{32}"/g;
const MILLISECONDS = /("ms":)[\d.]+/g;
/** Times in the lines of an explanation. */
const IN_WORDS = /[\d.]+ ms"/g;

/** An HTTP answer as the client sees it. */
export interface Received {
  status: number;
  /** Lines `name: value` in the order of names. */
  headers: string[];
  body: string;
}

/**
 * Replaces what differs between two runs of the same code: ids that the gateway or the sandbox makes up for a request, measured times,
 * and the headers `Date` and `Keep-Alive`.
 */
export const masked = (
  { status, headers, body }: Received,
  sentId: string | string[] | undefined,
): Received => {
  const id = headers.find((line) => line.startsWith('x-request-id: '))?.slice('x-request-id: '.length);
  const hide = (text: string) =>
    id === undefined || id === sentId ? text : text.replaceAll(id, '<request id>');
  return {
    status,
    headers: headers
      .filter((line) => !/^(date|keep-alive): /.test(line))
      .map(hide)
      .map((line) =>
        line.startsWith('content-length: ') && (body.includes('"ms":') || body.search(IN_WORDS) >= 0)
          ? 'content-length: <n>'
          : line,
      ),
    body: hide(body)
      .replaceAll(UPSTREAM_ID, '$1<upstream id>"')
      .replaceAll(MILLISECONDS, '$1<ms>')
      .replaceAll(IN_WORDS, '<ms> ms"'),
  };
};
