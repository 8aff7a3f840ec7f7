import type { ComponentChildren } from 'preact';
import { details, type Details as DetailsValue } from '../state/details.ts';
import { describeRecord, type WhitelistRecord } from '../model/whitelists.ts';
import { parents, refreshParent, selectedConnection, selectedParent } from '../state/topology.ts';
import { lookAt, selected, showAccess } from '../state/view.ts';
import { describeKind, type Connection, type Parent } from '../model/topology.ts';
import { canAccept, canReject } from '../state/choice.ts';
import { askToAccept, askToAdd, askToReject, askToRemove, writeRefusal } from '../state/changes.ts';
import { formatCount } from '../model/words.ts';
import { comeBack } from './details-focus.ts';
import { formatAge, formatTime } from './format.ts';
import { StatusLabel } from './icons.tsx';
import { Query } from './query.tsx';

const Fact = ({ name, children }: { name: string; children: ComponentChildren }) =>
  children === null || children === undefined || children === '' || children === false ? null : (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );

/** Ids and addresses. */
const mono = (text: string | null | undefined) => text && <span class="mono">{text}</span>;

const admission = ({ connection, isOpen }: DetailsValue) => {
  if (!connection) return null;
  const record = connection.admittedBy;
  if (record) return mono(record.kind === 'ANY' ? `${record.permission} (everyone)` : record.permission);
  if (isOpen) return 'the whitelist is empty, which lets everyone in';
  return 'no record of the whitelist names this account';
};

const failureWords = (
  failures: readonly { code: string | null; message: string | null }[] | null | undefined,
) =>
  failures && failures.length > 0 ? (
    <ul class="failures">
      {failures.map(({ code, message }, index) => (
        <li key={index}>
          <bdi>{message ?? 'The cloud gives no reason.'}</bdi> {code && <code>{code}</code>}
        </li>
      ))}
    </ul>
  ) : null;

const Problems = ({ value: { problems } }: { value: DetailsValue }) =>
  problems.length === 0 ? null : (
    <ul class="problems">
      {problems.slice(0, 5).map(({ code, message }, index) => (
        <li key={index}>
          {message} <code>{code}</code>
        </li>
      ))}
    </ul>
  );

const ConnectionButtons = ({ one }: { one: Connection }) => {
  if (!canAccept(one) && !canReject(one)) return null;
  if (writeRefusal.value !== null)
    return <p class="faint">You may not change connections: {writeRefusal.value}</p>;
  return (
    <p class="buttons">
      {canAccept(one) && (
        <button type="button" class="primary" onClick={() => askToAccept([one])}>
          Accept …
        </button>
      )}
      {canReject(one) && (
        <button type="button" onClick={() => askToReject([one])}>
          {one.status === 'ACCEPTED' ? 'End connection …' : 'Reject …'}
        </button>
      )}
    </p>
  );
};

const ConnectionDetails = ({ one, parent }: { one: Connection; parent: Parent }) => {
  const value = details.value?.key === one.key ? details.value : null;
  const more = value?.connection;
  return (
    <>
      <h2>Connection</h2>
      <p class="mono id">{one.endpointId}</p>
      <p class="large">
        <StatusLabel status={one.status} />
        {one.status === 'UNKNOWN' && <span class="faint"> ({one.statusRaw})</span>}
      </p>
      {failureWords(more?.failures ?? one.failures)}
      <ConnectionButtons one={one} />
      <dl>
        <Fact name="Connected to">
          <button type="button" class="link" onClick={() => lookAt(parent.key)}>
            <bdi>{parent.name}</bdi>
          </button>
        </Fact>
        <Fact name="Account">
          {one.domainId && (
            <>
              {mono(one.domainId)}{' '}
              <button type="button" class="link" onClick={() => showAccess(one.domainId!)}>
                What may it reach?
              </button>
            </>
          )}
        </Fact>
        <Fact name="Let in by">{value ? (value.isLoading ? '…' : admission(value)) : null}</Fact>
        <Fact name="Address">{mono(one.ipv4)}</Fact>
        <Fact name="IPv6">{mono(more?.ipv6)}</Fact>
        <Fact name="Domain names">{mono(more?.dnsNames?.join(', '))}</Fact>
        <Fact name="Packet id">{mono(more?.markerId)}</Fact>
        <Fact name="Specification">{more?.specification}</Fact>
        <Fact name="Most sessions">{more?.maxSessions?.toLocaleString('en')}</Fact>
        <Fact name="Description">{more?.description && <bdi>{more.description}</bdi>}</Fact>
        <Fact name="Created">
          {one.createdAt && `${formatTime(one.createdAt)} (${formatAge(one.createdAt)} ago)`}
        </Fact>
        <Fact name="Changed">
          {one.updatedAt && `${formatTime(one.updatedAt)} (${formatAge(one.updatedAt)} ago)`}
        </Fact>
      </dl>
      {value && <Problems value={value} />}
      {value && <Query {...value} title="The query behind this panel" />}
    </>
  );
};

interface RecordProps {
  record: WhitelistRecord;
  parent: Parent;
  others: readonly WhitelistRecord[];
  isLast: boolean;
}

const Record = ({ record, parent, others, isLast }: RecordProps) => (
  <li class={record.kind === 'ANY' ? 'wildcard' : ''}>
    <span>
      <span class="mono">{describeRecord(record)}</span>
      {record.description && (
        <span class="faint">
          {' '}
          <bdi>{record.description}</bdi>
        </span>
      )}
    </span>
    {writeRefusal.value === null && (
      <button
        type="button"
        class="link"
        aria-label={`Remove … ${describeRecord(record)}`}
        onClick={() => askToRemove(parent, record, { others, isLast })}
      >
        Remove …
      </button>
    )}
  </li>
);

const Whitelist = ({ value, parent }: { value: DetailsValue; parent: Parent }) => {
  const page = value.cluster?.permissions ?? value.service?.permissions;
  if (!page) return null;
  const { nodes, totalCount } = page;
  const isOpen = parent.kind === 'cluster' && parent.endpointAccess === true && totalCount === 0;
  const canChange = writeRefusal.value === null && parent.endpointAccess !== false;
  return (
    <>
      <h3>Whitelist</h3>
      {isOpen && <p class="trouble">It is empty: every account can connect.</p>}
      {totalCount === 0 && !isOpen && <p class="faint">It has no records.</p>}
      <ul class="records">
        {nodes.map((record) => (
          <Record
            key={record.permissionId}
            record={record}
            parent={parent}
            others={nodes.filter((one) => one !== record)}
            isLast={totalCount === 1}
          />
        ))}
        {totalCount !== null && totalCount > nodes.length && (
          <li class="faint">… and {formatCount(totalCount - nodes.length)} more</li>
        )}
      </ul>
      {canChange && (
        <p class="buttons">
          <button type="button" onClick={() => askToAdd(parent, isOpen)}>
            Add an account …
          </button>
        </p>
      )}
    </>
  );
};

const ParentDetails = ({ parent }: { parent: Parent }) => {
  const value = details.value?.key === parent.key ? details.value : null;
  const { cluster, service } = value ?? {};
  return (
    <>
      <h2>{describeKind(parent.kind)}</h2>
      <p class="large">
        <bdi>{parent.name}</bdi>
      </p>
      <p class="mono id">{parent.id}</p>
      {parent.problem && (
        <p class="trouble">
          Its connections could not be read: {parent.problem.message} <code>{parent.problem.code}</code>{' '}
          <button type="button" class="link" onClick={() => void refreshParent(parent.key)}>
            Read it again
          </button>
        </p>
      )}
      {failureWords(service?.failures)}
      <dl>
        <Fact name="Status">{parent.status.toLowerCase().replaceAll('_', ' ')}</Fact>
        <Fact name="Region">{parent.project.region}</Fact>
        <Fact name="Project">{mono(parent.project.projectId)}</Fact>
        <Fact name="Engine">
          {cluster?.engine && `${cluster.engine.toLowerCase()} ${cluster.engineVersion ?? ''}`}
        </Fact>
        <Fact name="Addresses">{mono(cluster?.addresses?.join(', '))}</Fact>
        <Fact name="Access">
          {parent.endpointAccess === null ? null : parent.endpointAccess ? 'on' : 'off'}
        </Fact>
        <Fact name="Own endpoint">{mono(cluster?.endpointIpv4)}</Fact>
        <Fact name="Service">{mono(parent.serviceName)}</Fact>
        <Fact name="Acceptance">
          {(cluster?.endpointService?.approvalRequired ?? service?.approvalRequired) === true
            ? 'its owner has to accept each endpoint'
            : null}
        </Fact>
        <Fact name="Ports">
          {service?.ports
            ?.map(({ protocol, clientPort, serverPort }) => `${clientPort} → ${serverPort} ${protocol ?? ''}`)
            .join(', ')}
        </Fact>
        <Fact name="VPC">{mono(cluster?.vpcId ?? service?.vpcId)}</Fact>
        <Fact name="Description">{service?.description && <bdi>{service.description}</bdi>}</Fact>
        <Fact name="Created">{formatTime(cluster?.createdAt ?? service?.createdAt ?? null)}</Fact>
      </dl>
      {value?.isLoading && <p class="faint">Reading …</p>}
      {value && <Whitelist value={value} parent={parent} />}
      {value && <Problems value={value} />}
      {value && <Query {...value} title="The query behind this panel" />}
    </>
  );
};

const close = (): void => {
  if (selected.value === null) lookAt(null);
  else selected.value = null;
};

/** Details of the connection, cluster or service that is selected. */
export const Details = () => {
  const one = selectedConnection.value;
  const parent = one ? parents.value.get(one.parentKey) : selectedParent.value;
  return (
    <aside
      class={`details scroll ${parent ? '' : 'empty'}`}
      aria-label="Details"
      tabIndex={0}
      onKeyDown={({ key }) => {
        if (key !== 'Escape') return;
        close();
        comeBack();
      }}
    >
      {parent ? (
        <>
          <button type="button" class="close" onClick={close} aria-label="Close details">
            ✕
          </button>
          {one ? <ConnectionDetails one={one} parent={parent} /> : <ParentDetails parent={parent} />}
        </>
      ) : (
        <p>Nothing is selected.</p>
      )}
    </aside>
  );
};
