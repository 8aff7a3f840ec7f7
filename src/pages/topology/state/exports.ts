import { accessToCsv, connectionsToCsv, whitelistsToCsv } from '../export/csv.ts';
import { toMermaid } from '../export/mermaid.ts';
import { toPng } from '../export/png.ts';
import { toSvg } from '../export/svg.ts';
import { drawTree } from '../picture/layout.ts';
import { totalOf } from '../model/status.ts';
import { tell } from './messages.ts';
import { readAllRows } from './rows.ts';
import { parents, rows, scopedTrees } from './topology.ts';
import { access } from './access.ts';
import { admissions } from './whitelists.ts';
import { account, grouping, scope, view } from './view.ts';

/** Width of an exported picture, in pixels. */
const WIDTH = 1_200;

const save = (name: string, content: Blob): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Not at once: the browser has still to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

const drawPicture = () => {
  const isOpen = scope.value !== null;
  const pictures = scopedTrees.value.map((tree) =>
    drawTree(tree, { width: WIDTH, grouping: grouping.value, isOpen }),
  );
  const count = scopedTrees.value.reduce((sum, { counts }) => sum + totalOf(counts), 0).toLocaleString('en');
  return toSvg(pictures, {
    title: 'Who is connected to what',
    note: `${count} connections, ${new Date().toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' })}`,
  });
};

/** Saves the rows of the view. */
export const saveCsv = async (): Promise<void> => {
  const type = { type: 'text/csv' };
  if (view.value === 'whitelists')
    save('whitelists.csv', new Blob([whitelistsToCsv(admissions.value, parents.value)], type));
  else if (view.value === 'access')
    save('access.csv', new Blob([accessToCsv(account.value, access.value?.rows ?? [], parents.value)], type));
  else {
    await readAllRows();
    save('connections.csv', new Blob([connectionsToCsv(rows.value, parents.value)], type));
  }
};

export const saveMermaid = (): void =>
  save('topology.mmd', new Blob([toMermaid(scopedTrees.value, grouping.value)], { type: 'text/plain' }));

export const saveSvg = (): void =>
  save('topology.svg', new Blob([drawPicture().text], { type: 'image/svg+xml' }));

export const savePng = async (): Promise<void> => {
  const image = await toPng(drawPicture());
  if (image) save('topology.png', image);
  else tell('The picture is too large for an image: save it as SVG, or filter it first.');
};
