/** The functions that a profile of V8 shows as the dearest: by their own time, or by what they allocate themselves. */
import { readFileSync } from 'node:fs';

interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

interface CpuProfile {
  nodes: { id: number; callFrame: Frame }[];
  samples: number[];
}

interface HeapNode {
  callFrame: Frame;
  selfSize: number;
  children: HeapNode[];
}

const MOST = 40;

const nameOf = ({ functionName, url, lineNumber }: Frame): string => {
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/(src|bench)\//, '$1/');
  return `${functionName || '(anonymous)'} ${file}${file === '' ? '' : `:${lineNumber + 1}`}`;
};

const cpuShares = ({ nodes, samples }: CpuProfile): Map<string, number> => {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const counts = new Map<string, number>();
  for (const id of samples) {
    const name = names.get(id)!;
    if (!name.startsWith('(idle)')) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
};

const heapShares = (head: HeapNode): Map<string, number> => {
  const bytes = new Map<string, number>();
  const visit = ({ callFrame, selfSize, children }: HeapNode): void => {
    const name = nameOf(callFrame);
    bytes.set(name, (bytes.get(name) ?? 0) + selfSize);
    for (const child of children) visit(child);
  };
  visit(head);
  return bytes;
};

/** The dearest functions of a profile, a line each, with their share in percent. */
export const hotSpots = (file: string): string => {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile | { head: HeapNode };
  const shares = 'head' in profile ? heapShares(profile.head) : cpuShares(profile);
  const total = shares.values().reduce((sum, one) => sum + one, 0);
  return [...shares]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([name, one]) => `${((one / total) * 100).toFixed(1).padStart(5)} % ${name}`)
    .join('\n');
};
