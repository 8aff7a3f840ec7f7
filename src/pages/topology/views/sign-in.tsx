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

/** Asks for what the gateway needs to know who asks. */
export const SignIn = () => {
  const problem = signInProblem.value;
  if (!problem) return null;
  const { workspace } = credentials.value;
  return (
    <form class="sign-in" onSubmit={submit} aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Sign in</h2>
      <p role="alert">{problem.message}</p>
      {GATEWAY.authorization && (
        <label>
          <span>API key or JWT of the gateway</span>
          <input name="key" type="password" autocomplete="off" />
        </label>
      )}
      <label>
        <span>IAM token of your project (X-Auth-Token)</span>
        <input name="token" type="password" autocomplete="off" />
      </label>
      <label>
        <span>
          Workspace of DataArts Insight <span class="faint">(not needed for this page)</span>
        </span>
        <input name="workspace" value={workspace} autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit" class="primary">
        Sign in
      </button>
      <p class="faint">They stay in the memory of this page: a reload forgets them.</p>
    </form>
  );
};
