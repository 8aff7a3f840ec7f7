import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { knownAccounts } from '../state/accounts.ts';
import { question, type Question } from '../state/changes.ts';

/** Asks for a text, with the accounts that were seen so far to choose from. */
const TextField = ({ label, hint, warn }: NonNullable<Question['asksFor']>) => {
  const [text, setText] = useState('');
  const warning = warn(text.trim());
  return (
    <>
      <label>
        <span>{label}</span>
        <input
          name="text"
          list="known-accounts"
          placeholder={hint}
          required
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <datalist id="known-accounts">
        {knownAccounts.value.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <p class="warning" role="status">
        {warning}
      </p>
    </>
  );
};

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
        {asksFor && <TextField {...asksFor} />}
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
