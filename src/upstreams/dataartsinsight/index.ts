/** DataArts Insight: connected instances, data sources, workspaces. What is imported here is in the graph. */
import './mutations.ts';
import './queries.ts';
