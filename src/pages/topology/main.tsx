import { render } from 'preact';
import { followSelection } from './state/details.ts';
import { followRows } from './state/rows.ts';
import { followAccount } from './state/access.ts';
import { followWhitelists } from './state/whitelists.ts';
import { refresh } from './state/topology.ts';
import { followAddress } from './state/view.ts';
import { App } from './views/app.tsx';

followAddress();
followSelection();
followRows();
followWhitelists();
followAccount();
render(<App />, document.body);
void refresh();
