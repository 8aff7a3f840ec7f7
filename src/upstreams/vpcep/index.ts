/**
 * VPC Endpoint: endpoint services, their connections and whitelists, endpoints, tags, editions, quotas. A file that is imported here
 * adds its fields to the graph.
 */
import './description-changes.ts';
import './editions/mutations.ts';
import './endpoints/mutations.ts';
import './endpoints/policy-mutations.ts';
import './endpoints/queries.ts';
import './endpoints/route-tables.ts';
import './endpoints/subscription.ts';
import './queries.ts';
import './quotas/graph.ts';
import './services/deletion.ts';
import './services/mutations.ts';
import './services/public.ts';
import './tags/graph.ts';
import './tags/mutations.ts';
