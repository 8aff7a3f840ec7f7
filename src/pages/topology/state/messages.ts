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

/** Tells the reader something; what went well or is only said goes away by itself. Returns how to change it. */
export const tell = (text: string, tone: Message['tone'] = 'plain') => {
  last += 1;
  const id = last;
  const put = (newText: string, newTone: Message['tone']): void => {
    const message = { id, text: newText, tone: newTone };
    messages.value = messages.value.some((one) => one.id === id)
      ? messages.value.map((one) => (one.id === id ? message : one))
      : [...messages.value, message].slice(-6);
    if (newTone === 'plain' || newTone === 'good') setTimeout(() => dismiss(id), SHORT_MS);
  };
  put(text, tone);
  return put;
};
