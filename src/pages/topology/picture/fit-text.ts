const GRAPHEMES = new Intl.Segmenter('en');

/** Width of one grapheme in ems: a good guess that errs on the wide side. */
const widthOf = (grapheme: string): number => {
  if (grapheme > '\u024f') return 1.1;
  if (/[il.,:;|'!()[\] jtf-]/.test(grapheme)) return 0.36;
  return /[mwMWA-Z@%_]/.test(grapheme) ? 0.82 : 0.65;
};

/** Cuts a text to a width in pixels, between graphemes, and removes what would turn the direction of other texts. */
export const fitText = (text: string, width: number, fontSize = 13): string => {
  const room = width / fontSize;
  const clean = text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '');
  let used = 0;
  let kept = '';
  for (const { segment } of GRAPHEMES.segment(clean.slice(0, 600))) {
    used += widthOf(segment);
    if (used > room - 1 && kept.length + segment.length < clean.length) return `${kept}…`;
    kept += segment;
  }
  return kept;
};
