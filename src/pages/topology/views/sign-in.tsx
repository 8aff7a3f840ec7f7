import { useLayoutEffect, useRef } from 'preact/hooks';
import { writeRefusal } from '../state/changes.ts';
import { credentials, GATEWAY, signInProblem } from '../state/session.ts';
import { refresh } from '../state/topology.ts';

const submit = (event: SubmitEvent): void => {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  const text = (name: string): string => ((form.get(name) as string | null) ?? '').trim();
  credentials.value = { token: text('token'), workspace: text('workspace'), key: text('key') };
  writeRefusal.value = null;
  void refresh();
};

/** If not, the gateway has credentials of its own, and nothing that the reader could give lets it in. */
const asksForSomething = GATEWAY.authorization || GATEWAY.token;

/** Why nobody is signed in: what was given is not accepted, or nothing was given yet. */
const Reason = () => {
  const { token, key } = credentials.value;
  const isFirst = !token && !key && asksForSomething;
  return isFirst ? (
    <p>The gateway asks the cloud in your name, and has to know who you are.</p>
  ) : (
    <p role="alert" class="problems">
      {signInProblem.value!.message} <code>{signInProblem.value!.code}</code>
    </p>
  );
};

const Fields = () => (
  <>
    {GATEWAY.authorization && (
      <label>
        <span>API key or JWT of the gateway</span>
        <input name="key" type="password" autocomplete="off" />
      </label>
    )}
    {GATEWAY.token && (
      <label>
        <span>IAM token of your project (X-Auth-Token)</span>
        <input name="token" type="password" autocomplete="off" />
      </label>
    )}
    <label>
      <span>
        Workspace of DataArts Insight <span class="faint">(optional)</span>
      </span>
      <input
        name="workspace"
        defaultValue={credentials.value.workspace}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
  </>
);

/** Asks for what the gateway needs to know who asks. */
export const SignIn = () => {
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => form.current!.querySelector<HTMLElement>('input, button')!.focus(), []);
  return (
    <form class="sign-in" ref={form} onSubmit={submit} aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">{asksForSomething ? 'Sign in' : 'The cloud does not let the gateway in'}</h2>
      <Reason />
      {asksForSomething && <Fields />}
      <button type="submit" class="primary">
        {asksForSomething ? 'Sign in' : 'Try again'}
      </button>
      {asksForSomething && (
        <p class="faint">What you enter stays in the memory of this page: a reload forgets it.</p>
      )}
    </form>
  );
};
