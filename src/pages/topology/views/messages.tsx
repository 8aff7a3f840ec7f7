import { dismiss, messages } from '../state/messages.ts';

/** What happened last, read aloud as it comes. */
export const Messages = () => (
  <div class="messages" role="log" aria-live="polite" aria-label="Messages">
    {messages.value.map(({ id, text, tone }) => (
      <div key={id} class={`message message-${tone}`}>
        <p>{text}</p>
        <button type="button" onClick={() => dismiss(id)} aria-label="Dismiss message">
          ✕
        </button>
      </div>
    ))}
  </div>
);
