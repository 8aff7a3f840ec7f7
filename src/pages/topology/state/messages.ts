import { signal } from '@preact/signals';

/** Something that happened, in words. */
export interface Message {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'trouble' | 'busy';
}

export const messages = signal<readonly Message[]>([]);

let last = 0;

/** How long a message stays that needs no reaction. */
const SHORT_MS = 6_000;

export const dismiss = (id: number): void => {
  messages.value = messages.value.filter((one) => one.id !== id);
};

/** Shows a message, or another one in its place. */
export type Put = (text: string, tone: Message['tone']) => void;

/** Creates a message that is shown once it has a text; what went well or is only said goes away by itself. */
export const createMessage = (): Put => {
  last += 1;
  const id = last;
  return (text, tone) => {
    const message = { id, text, tone };
    messages.value = messages.value.some((one) => one.id === id)
      ? messages.value.map((one) => (one.id === id ? message : one))
      : [...messages.value, message].slice(-6);
    if (tone === 'plain' || tone === 'good') setTimeout(() => dismiss(id), SHORT_MS);
  };
};

/** Tells the reader something. Returns how to tell something else in its place. */
export const tell = (text: string, tone: Message['tone'] = 'plain'): Put => {
  const put = createMessage();
  put(text, tone);
  return put;
};
