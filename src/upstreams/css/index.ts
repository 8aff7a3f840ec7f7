/** Cloud Search Service: clusters, their connections and whitelists. A file that is imported here adds its fields to the graph. */
import './access/mutations.ts';
import './permissions.ts';
import './queries.ts';
