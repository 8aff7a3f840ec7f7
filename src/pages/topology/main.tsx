import { render } from 'preact';
import { followSelection } from './state/details.ts';
import { followRows } from './state/rows.ts';
import { refresh } from './state/topology.ts';
import { followAddress } from './state/view.ts';
import { App } from './views/app.tsx';

followAddress();
followSelection();
followRows();
render(<App />, document.body);
void refresh();
