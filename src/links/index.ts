/** The fields and mutations that join upstreams. A file that is imported here adds its fields to the graph. */
import './access-for.ts';
import './admitted-by.ts';
import './cluster-connections.ts';
import './connected-instance.ts';
import './connection-changes.ts';
import './connection-counts.ts';
import './connection-edges.ts';
import './connection-endpoint.ts';
import './connection-sides.ts';
import './connection-status-changed.ts';
import './connections-by-endpoint.ts';
import './connections.ts';
import './endpoint-service.ts';
import './whitelist-changes.ts';
