/** DataArts Insight: connected instances, data sources, workspaces. A file that is imported here adds its fields to the graph. */
import './mutations.ts';
import './queries.ts';
