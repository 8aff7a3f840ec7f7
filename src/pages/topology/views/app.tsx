import { progress, shownTrees } from '../state/topology.ts';
import { signInProblem } from '../state/session.ts';
import { scope, selected, view } from '../state/view.ts';
import { Confirm } from './confirm.tsx';
import { Details } from './details.tsx';
import { Filters } from './filters.tsx';
import { Header } from './header.tsx';
import { Messages } from './messages.tsx';
import { ParentList } from './parent-list.tsx';
import { Picture } from './picture.tsx';
import { SignIn } from './sign-in.tsx';
import { Notices } from './states.tsx';
import { Table } from './table.tsx';
import { Whitelists } from './whitelists.tsx';
import { Access } from './access.tsx';

/** The page. */
export const App = () => (
  <>
    <Header />
    {signInProblem.value ? (
      <main class="alone">
        <SignIn />
      </main>
    ) : (
      <>
        {view.value !== 'access' && <Filters />}
        <Notices />
        <div class={`columns ${scope.value === null && selected.value === null ? '' : 'has-details'}`}>
          <ParentList />
          <main aria-busy={progress.value !== null && shownTrees.value.length === 0}>
            {view.value === 'picture' && <Picture />}
            {view.value === 'table' && <Table />}
            {view.value === 'whitelists' && <Whitelists />}
            {view.value === 'access' && <Access />}
          </main>
          <Details />
        </div>
      </>
    )}
    <Messages />
    <Confirm />
  </>
);
