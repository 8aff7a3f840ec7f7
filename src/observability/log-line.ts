import { styleText } from 'node:util';

const LEVELS: Readonly<Record<number, [name: string, style: 'gray' | 'green' | 'yellow' | 'red']>> = {
  20: ['DEBUG', 'gray'],
  30: ['INFO', 'green'],
  40: ['WARN', 'yellow'],
  50: ['ERROR', 'red'],
};

/** Control characters, also those of C1: a value must not steer the terminal. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const escapeControls = (text: string): string =>
  text.replaceAll(CONTROL, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`);

const PLAIN = /^[\w.,:/@{}*-]+$/;

const formatValue = (value: unknown): string => {
  const text = typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value);
  return escapeControls(text);
};

const formatTime = (time: number): string => {
  const [, clock] = new Date(time).toISOString().split('T');
  return clock!.slice(0, -1);
};

/** A line of the log for people: time, level, message, and the rest as `key=value`; the frames of an error below it. */
export const formatLine = (line: string, colors: boolean): string => {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const [name, style] = LEVELS[level as number] ?? ['LOG', 'gray'];
  const paint = (as: typeof style, text: string) =>
    colors ? styleText(as, text, { validateStream: false }) : text;
  const { stack, ...error } = (err ?? {}) as { stack?: string };
  const pairs = Object.entries({ ...fields, ...error }).map(([key, value]) => `${key}=${formatValue(value)}`);
  const first = [
    formatTime(time as number),
    paint(style, name.padEnd(5)),
    escapeControls(String(msg)),
    ...(pairs.length > 0 ? [paint('gray', pairs.join(' '))] : []),
  ].join(' ');
  const frames = stack === undefined ? '' : `${stack.split('\n').map(escapeControls).join('\n')}\n`;
  return `${first}\n${frames}`;
};
