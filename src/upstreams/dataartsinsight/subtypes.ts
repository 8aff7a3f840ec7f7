import { builder, described } from '../../graph/builder.ts';

export const DataSourceType = builder.enumType(
  'DataSourceType',
  described('The kind of a data source.', {
    MYSQL: 'MySQL.',
    DWS: 'Data Warehouse Service.',
    POSTGRESQL: 'PostgreSQL.',
    OPENGAUSS: 'openGauss.',
    DORIS: 'Apache Doris.',
    HIVE: 'Apache Hive.',
    CLICKHOUSE: 'ClickHouse.',
    DLI: 'Data Lake Insight.',
    API: 'A REST API.',
    UNKNOWN: 'A kind that this graph does not know; `typeRaw` has it.',
  }),
);

export const InsightInstanceStatus = builder.enumType(
  'InsightInstanceStatus',
  described('The state of an instance of DataArts Insight.', {
    INACTIVE: 'Not active yet (`1`).',
    ACTIVE: 'Active (`2`).',
    UNKNOWN: 'A state that this graph does not know, such as `3` to `5`; `statusRaw` has it.',
  }),
);
