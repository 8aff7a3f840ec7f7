import type { Shape, Tone, TreePicture } from '../picture/layout.ts';
import { MARKS } from '../picture/marks.ts';

/** Colours of a picture on paper: fill and stroke. */
export const COLOURS: Readonly<Record<Tone, string>> = {
  FAILED: '#b3261e',
  PENDING_ACCEPTANCE: '#9a5b00',
  CREATING: '#0b57d0',
  DELETING: '#5f6368',
  REJECTED: '#6a1b9a',
  UNKNOWN: '#5f6368',
  ACCEPTED: '#1b6e2d',
  parent: '#e8eef7',
  service: '#eef3ec',
  group: '#f6f7f9',
  connection: '#ffffff',
  line: '#8a94a3',
  text: '#1a1c1e',
  faint: '#5a6068',
  trouble: '#b3261e',
};

const MARGIN = 20;
const HEADER = 56;

const escapeXml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (one) => `&#${one.codePointAt(0)};`);

const FONTS = { title: 'font-size="13" font-weight="600"', plain: 'font-size="13"', small: 'font-size="11"' };

const drawShape = (shape: Shape): string => {
  if (shape.kind === 'line')
    return `<path d="${shape.path}" fill="none" stroke="${COLOURS[shape.tone]}" stroke-width="${shape.width}" stroke-opacity="0.7"/>`;
  if (shape.kind === 'mark') {
    const { path, isLine } = MARKS[shape.status];
    const colour = COLOURS[shape.status];
    const paint = isLine ? `fill="none" stroke="${colour}" stroke-width="1.8"` : `fill="${colour}"`;
    return `<path transform="translate(${shape.x} ${shape.y})" d="${path}" ${paint}/>`;
  }
  const { x, y, tone } = shape;
  if (shape.kind === 'text') {
    const anchor = shape.end ? ' text-anchor="end"' : '';
    return `<text x="${x}" y="${y}" ${FONTS[shape.look]} fill="${COLOURS[tone]}"${anchor}>${escapeXml(shape.text)}</text>`;
  }
  const { width, height, radius = 4 } = shape;
  const edge = radius > 0 ? ` stroke="${COLOURS.line}"` : '';
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${COLOURS[tone]}"${edge}/>`;
};

/** A picture as an SVG file, with a title and the date on it. */
export const toSvg = (pictures: readonly TreePicture[], { title, note }: { title: string; note: string }) => {
  const width = Math.max(300, ...pictures.map((one) => one.width)) + 2 * MARGIN;
  let y = HEADER;
  const drawn = pictures.map(({ lines, parts, height }) => {
    const shapes = [...lines, ...parts.flatMap((part) => part.shapes)].map(drawShape).join('');
    const group = `<g transform="translate(${MARGIN} ${y})">${shapes}</g>`;
    y += height;
    return group;
  });
  const height = y + MARGIN;
  const text = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="${MARGIN}" y="28" font-size="16" font-weight="600" fill="${COLOURS.text}">${escapeXml(title)}</text>`,
    `<text x="${MARGIN}" y="45" font-size="11" fill="${COLOURS.faint}">${escapeXml(note)}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
  return { text, width, height };
};
