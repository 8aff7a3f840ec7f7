/** `extensions.cost` of an answer. */
interface Cost {
  estimated: number;
  limit: number;
  upstreamCalls: number;
  upstreamCallLimit: number;
}

interface Answer {
  extensions?: { cost?: Cost };
}

const number = (value: number): string => value.toLocaleString('en-US');

const describe = ({ estimated, limit, upstreamCalls, upstreamCallLimit }: Cost, ms: number): string =>
  [
    `Cost ${number(estimated)} of ${number(limit)}`,
    `${number(upstreamCalls)} of ${number(upstreamCallLimit)} calls to the cloud`,
    `${number(Math.round(ms))} ms`,
  ].join(' · ');

/** Shows a line under the editor; an empty one takes no room. */
const show = (text: string): void => {
  const id = 'operation-cost';
  const line = document.getElementById(id) ?? document.createElement('output');
  line.id = id;
  line.textContent = text;
  line.title = 'Send the header X-Explain: 1 to see the calls.';
  document.querySelector('.graphiql-editors')?.append(line);
};

/** Forgets the cost of the operation before. */
export const clearCost = (): void => show('');

/** Takes the cost out of an answer and shows it in the line under the editor. */
export const showCost = async (response: Response, since: number): Promise<Response> => {
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return response;
  const text = await response.text();
  const { status, statusText } = response;
  const headers = { 'content-type': response.headers.get('content-type')! };
  const answer = JSON.parse(text) as Answer;
  const { cost, ...extensions } = answer.extensions ?? {};
  if (!cost) return new Response(text, { status, statusText, headers });
  show(describe(cost, performance.now() - since));
  if (Object.keys(extensions).length > 0) answer.extensions = extensions;
  else delete answer.extensions;
  return new Response(JSON.stringify(answer), { status, statusText, headers });
};
