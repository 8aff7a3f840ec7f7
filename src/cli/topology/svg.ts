import { byUrgency, colourOf, countByStatus, describeParent, labelOf } from './appearance.ts';
import type { ConnectionNode, ParentNode, Topology } from './topology.ts';

const ROW = 26;
const GAP = 18;
const MARGIN = 20;
const LEGEND = 40;
const PARENT_WIDTH = 340;
const LINK_WIDTH = 170;
const WIDTH = 1_400;
const LINK_START = MARGIN + PARENT_WIDTH;
const CONNECTION_X = LINK_START + LINK_WIDTH;
const CONNECTION_WIDTH = WIDTH - MARGIN - CONNECTION_X;
/** Characters that fit into a parent's box. */
const NAME_LENGTH = 40;
const LABEL_LENGTH = 90;

const escapeXml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (one) => `&#${one.codePointAt(0)};`);

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

const textAt = (x: number, y: number, text: string, attributes = ''): string =>
  `<text x="${x}" y="${y}" ${attributes}>${escapeXml(text)}</text>`;

const drawConnection = (one: ConnectionNode, y: number, from: number): string => {
  const middle = y + ROW / 2;
  const colour = colourOf(one);
  const half = LINK_START + LINK_WIDTH / 2;
  const path = `M${LINK_START} ${from} C${half} ${from} ${half} ${middle} ${CONNECTION_X} ${middle}`;
  return [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    `<rect x="${CONNECTION_X}" y="${y + 2}" width="${CONNECTION_WIDTH}" height="${ROW - 4}" rx="4" fill="#fff" stroke="${colour}"/>`,
    textAt(CONNECTION_X + 8, middle + 4, shorten(labelOf(one).join('  '), LABEL_LENGTH)),
    textAt(
      WIDTH - MARGIN - 8,
      middle + 4,
      one.status,
      `text-anchor="end" fill="${colour}" font-weight="bold"`,
    ),
    one.failure === null ? '' : `<title>${escapeXml(one.failure)}</title>`,
  ].join('');
};

const MIN_PARENT_HEIGHT = 2 * ROW;

const heightOf = ({ connections }: ParentNode): number =>
  Math.max(MIN_PARENT_HEIGHT, connections.length * ROW);

const drawParent = (parent: ParentNode, y: number): string => {
  const middle = y + MIN_PARENT_HEIGHT / 2;
  return [
    `<g>${
      parent.connections.length > 0
        ? byUrgency(parent.connections)
            .map((one, at) => `<g>${drawConnection(one, y + at * ROW, middle)}</g>`)
            .join('')
        : ''
    }`,
    `<rect x="${MARGIN}" y="${y + 2}" width="${PARENT_WIDTH}" height="${MIN_PARENT_HEIGHT - 4}" rx="6" fill="#eceff1" stroke="#455a64"/>`,
    textAt(MARGIN + 10, y + 22, shorten(describeParent(parent), NAME_LENGTH), 'font-weight="bold"'),
    textAt(MARGIN + 10, y + 40, shorten(parent.id, NAME_LENGTH), 'fill="#455a64"'),
    '</g>',
  ].join('');
};

const drawLegend = (connections: readonly ConnectionNode[]): string => {
  let x = MARGIN;
  return [...countByStatus(connections)]
    .map(([status, count]) => {
      const label = `${count.toLocaleString('en-US')} ${status}`;
      const entry = `<circle cx="${x + 6}" cy="20" r="5" fill="${colourOf({ status })}"/>${textAt(x + 16, 24, label)}`;
      x += 30 + label.length * 8;
      return entry;
    })
    .join('');
};

/** Draws clusters and services on the left, and their connections on the right, coloured by status. */
export const formatSvg = ({ parents }: Topology): string => {
  let y = LEGEND;
  const drawn = parents.map((parent) => {
    const group = drawParent(parent, y);
    y += heightOf(parent) + GAP;
    return group;
  });
  const all = parents.flatMap(({ connections }) => connections);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>Who is connected to what: ${all.length} connections of ${parents.length} clusters and endpoint services</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    drawLegend(all),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
};
