import { exitCodeOf, noteErrors } from '../answers.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CallContext } from '../call-context.ts';
import { FORMATS } from './formats.ts';
import { readTopology, type TopologyFilter } from './read.ts';

const MAX_GAPS_SHOWN = 10;

/** Writes who is connected to what. */
export const runTopology = async (
  context: CallContext,
  { format, ...filter }: TopologyFilter & { format: keyof typeof FORMATS },
): Promise<ExitCode> => {
  const { terminal, environment } = context;
  const result = await readTopology(context, filter);
  if ('refusal' in result) {
    noteErrors(terminal, result.refusal, environment);
    if (!result.refusal.errors) terminal.note('There is no such cluster.');
    return result.refusal.errors ? exitCodeOf(result.refusal) : EXIT.failed;
  }
  const { topology } = result;
  await terminal.write(FORMATS[format](topology, (...args) => terminal.colour(...args)));
  for (const { id, code, message } of topology.gaps.slice(0, MAX_GAPS_SHOWN))
    terminal.note(`${code} at ${id}: ${message}`);
  if (topology.gaps.length > MAX_GAPS_SHOWN)
    terminal.note(`… and ${topology.gaps.length - MAX_GAPS_SHOWN} more gaps.`);
  return topology.gaps.length > 0 ? EXIT.partial : EXIT.done;
};
