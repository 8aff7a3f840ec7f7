import { type Grouping, groupConnections } from '../model/groups.ts';
import { describeCounts, type Status } from '../model/status.ts';
import { describeKind } from '../model/topology.ts';
import type { Tree } from '../model/trees.ts';
import { COLOURS } from './svg.ts';

/** A text in a Mermaid label: entities for what ends a label, or would be markup. */
const toLabel = (text: string): string =>
  text.slice(0, 120).replaceAll(/["#<>&;`\n\r|\\]/g, (one) => `#${one.codePointAt(0)};`);

/** Trees as a Mermaid flowchart, with connections in groups: one by one they would be too many for it. */
export const toMermaid = (trees: readonly Tree[], grouping: Grouping): string => {
  const statuses = new Set<Status>();
  const lines = trees.flatMap((tree, at) => {
    const { parent, service } = tree;
    const id = `p${at}`;
    const label = toLabel(`${parent.name} (${describeKind(parent.kind)})`);
    const before = parent.kind === 'cluster' && parent.serviceName !== null ? `s${at}` : id;
    return [
      parent.kind === 'cluster' ? `  ${id}[("${label}")]` : `  ${id}["${label}"]`,
      ...(before === id
        ? []
        : [`  ${before}["${toLabel(service?.name ?? parent.serviceName ?? '')}"]`, `  ${before} --> ${id}`]),
      ...groupConnections(tree, grouping).flatMap((group, index) => {
        statuses.add(group.status);
        const text =
          grouping === 'status'
            ? describeCounts(group.counts)
            : `${group.label}: ${describeCounts(group.counts)}`;
        return [`  ${id}g${index}("${toLabel(text)}"):::${group.status}`, `  ${id}g${index} --> ${before}`];
      }),
    ];
  });
  const classes = [...statuses].map(
    (status) => `  classDef ${status} stroke:${COLOURS[status]},stroke-width:2px`,
  );
  return ['flowchart LR', ...lines, ...classes, ''].join('\n');
};
