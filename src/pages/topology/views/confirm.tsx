import { useLayoutEffect, useRef } from 'preact/hooks';
import { question, type Question } from '../state/changes.ts';

const Dialog = ({ about }: { about: Question }) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current!.showModal(), []);
  const { title, consequences, asksFor, action, isDangerous, run } = about;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="question"
      onClose={() => {
        question.value = null;
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          const text = new FormData(event.currentTarget).get('text') as string | null;
          dialog.current!.close();
          void run((text ?? '').trim());
        }}
      >
        <h2 id="question">{title}</h2>
        {consequences.map((text) => (
          <p key={text}>{text}</p>
        ))}
        {asksFor && (
          <label>
            <span>{asksFor}</span>
            <input name="text" required autocomplete="off" spellcheck={false} />
          </label>
        )}
        <p class="buttons">
          <button type="button" onClick={() => dialog.current!.close()}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'primary'}>
            {action}
          </button>
        </p>
      </form>
    </dialog>
  );
};

/** Asks before anything is changed, and says what will happen. */
export const Confirm = () => (question.value ? <Dialog about={question.value} /> : null);
