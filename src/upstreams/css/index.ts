/** Cloud Search Service: clusters, their connections and whitelists. What is imported here is in the graph. */
import './access/mutations.ts';
import './permissions.ts';
import './queries.ts';
