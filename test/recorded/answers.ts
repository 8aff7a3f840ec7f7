import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Answer } from './replay.ts';

/** An answer as it is kept. Of a long body only the beginning and the hash are. */
export interface Kept {
  status: number;
  headers: readonly string[];
  body: string | { start: string; bytes: number; sha256: string };
  calls: readonly string[];
}

const LONGEST = 2_500;
const START = 300;

const shortened = (body: string): Kept['body'] =>
  body.length <= LONGEST
    ? body
    : {
        start: body.slice(0, START),
        bytes: Buffer.byteLength(body),
        sha256: createHash('sha256').update(body).digest('hex'),
      };

/** An answer in the form that it is kept in. */
export const keptOf = ({ status, headers, body, calls }: Answer): Kept => ({
  status,
  headers,
  body: shortened(body),
  calls,
});

/** The kept answers of a file by scenario; none where the file does not exist. */
export const readAnswers = (file: string): Map<string, Kept[]> => {
  const answers = new Map<string, Kept[]>();
  let current: Kept[] = [];
  if (!existsSync(file)) return answers;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const parsed = JSON.parse(line) as { scenario: string } | Kept;
    if ('scenario' in parsed) answers.set(parsed.scenario, (current = []));
    else current.push(parsed);
  }
  return answers;
};

/** Writes the answers of all scenarios: a line for each scenario, and one for each of its answers. */
export const writeAnswers = (file: string, answers: ReadonlyMap<string, readonly Kept[]>): void => {
  const lines = [...answers].flatMap(([scenario, kept]) => [{ scenario }, ...kept]);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
};
