/** One variable of the service's own configuration, as `config print` and docs/configuration.md tell of it. */
export interface ServiceSetting {
  readonly default: string;
  readonly doc: string;
  /** The value never prints. */
  readonly secret?: true;
}

/** Every variable that `loadServiceConfig` reads, save those of the security settings and of delivery, which have tables of their own. */
export const SERVICE_SETTINGS: Readonly<Record<string, ServiceSetting>> = {
  HOST: { default: "127.0.0.1", doc: "Address to listen on. Loopback alone with the embedded stores." },
  PORT: { default: "50051", doc: "Port of gRPC, gRPC-Web and Connect; 0 takes a free one." },
  ADMIN_PORT: { default: "9090", doc: "Port of the probes and metrics; 0 takes a free one." },
  ADMIN_HOST: { default: "HOST", doc: "Address that the admin port listens on." },
  ADMIN_ALLOWED_HOSTS: {
    default: "none",
    doc: "Host names, separated by commas, that requests for metrics may use; addresses are always allowed.",
  },
  MAX_CONNECTIONS: {
    default: "4000",
    doc: "Connections to one process, 1 to 100000. Beyond that a new one ends the oldest idle one without an authenticated caller.",
  },
  MAX_CONNECTIONS_PER_PEER: {
    default: "1000",
    doc: "Connections of one peer address without an authenticated caller, 1 to 100000.",
  },
  MAX_ANONYMOUS_RATE_PER_PEER: {
    default: "50",
    doc: "Connections and calls a second of one peer address that has never authenticated, 0 to 100000; 0 is no limit.",
  },
  MAX_STREAMS: {
    default: "5000",
    doc: "Calls under way in one process, 1 to 100000; beyond them REFUSED_STREAM, or 429 over HTTP/1.1.",
  },
  MAX_ANONYMOUS_STREAMS: {
    default: "500",
    doc: "Calls without an authenticated caller, such as health checks, 1 to 100000. Beyond that a new one ends the oldest.",
  },
  MAX_ANONYMOUS_STREAMS_PER_PEER: {
    default: "250",
    doc: "The same of one peer address, 1 to 100000.",
  },
  MAX_STREAMS_PER_CONNECTION: {
    default: "1000",
    doc: "Calls under way on one HTTP/2 connection, 1 to 10000; 100 until a caller is authenticated on it.",
  },
  MAX_HEALTH_WATCHES: {
    default: "100",
    doc: "Health watches in one process, 1 to 10000; beyond them RESOURCE_EXHAUSTED.",
  },
  MAX_HEALTH_WATCHES_PER_PEER: { default: "50", doc: "Health watches of one peer address, 1 to 10000." },
  MAX_HEALTH_WATCHES_PER_CONNECTION: { default: "4", doc: "Health watches on one connection, 1 to 10000." },
  DATABASE_URL: {
    default: "embedded",
    doc: "Postgres; required in production. How to write it: operations.md.",
    secret: true,
  },
  DATABASE_USERNAME: { default: "the URL's", doc: "User of Postgres, if the URL names none." },
  DATABASE_PASSWORD: {
    default: "the URL's",
    doc: "Its password, if the URL has none; needs no percent-encoding.",
    secret: true,
  },
  DATABASE_TLS_CA: {
    default: "Node's authorities",
    doc: "PEM of the authorities that sign the certificate of Postgres; for `sslmode=verify-full`.",
  },
  REDIS_URL: {
    default: "embedded",
    doc: "Redis; required in production. How to write it: operations.md.",
    secret: true,
  },
  REDIS_USERNAME: { default: "the URL's", doc: "User of Redis, if the URL names none." },
  REDIS_PASSWORD: {
    default: "the URL's",
    doc: "Its password, if the URL has none; needs no percent-encoding.",
    secret: true,
  },
  REDIS_SENTINEL_USERNAME: { default: "none", doc: "User of the Sentinels, which have users of their own." },
  REDIS_SENTINEL_PASSWORD: { default: "none", doc: "Its password.", secret: true },
  REDIS_TLS_CA: {
    default: "Node's authorities",
    doc: "PEM of the authorities that sign the certificates of Redis and its Sentinels; for `rediss` URLs.",
  },
  ALLOW_CLEARTEXT_STORES: {
    default: "false",
    doc: "Whether production may connect to Postgres and Redis beyond loopback without TLS, because a proxy or mesh encrypts.",
  },
  DATA_DIR: { default: ".countersign", doc: "Folder of the embedded stores." },
  DB_POOL_MAX: {
    default: "10",
    doc: "Connections to Postgres of one process, 1 to 100; it opens at most two more, for jobs and listings.",
  },
  DB_PREPARED_STATEMENTS: {
    default: "auto",
    doc: "Named prepared statements: true, false, or auto, which stops using them when a pooler loses one.",
  },
  DB_TIMEOUT_MS: {
    default: "3000",
    doc: "Time limit of a statement or transaction in Postgres, 100 to 30000 ms.",
  },
  DB_JOB_TIMEOUT_MS: {
    default: "10000",
    doc: "Time limit of a job (sealing, metrics) or listing in Postgres, 100 to 300000 ms; Postgres cancels what takes longer.",
  },
  REDIS_TIMEOUT_MS: { default: "1000", doc: "Time limit of a command in Redis, 50 to 30000 ms." },
  REDIS_KEY_PREFIX: { default: "countersign:", doc: "Prefix of every key in Redis; no braces." },
  KEY_RING_DIR: { default: "none", doc: "Folder of keys, instead of `ENCRYPTION_KEY`; see keys.md." },
  KEY_RELOAD_INTERVAL_MS: {
    default: "10000",
    doc: "How often that folder is checked for changes, 10 to 300000 ms.",
  },
  SECURITY_CONFIG_FILE: {
    default: "none",
    doc: "File of the security settings, YAML or JSON; reloaded when it changes.",
  },
  GEOIP_DATABASE: {
    default: "none",
    doc: "GeoIP country database in MaxMind's format; required for `ip.geo_blocking_enabled`.",
  },
  CALLERS_FILE: {
    default: "none",
    doc: "File of the callers and their permissions; required in staging and production.",
  },
  CALLER_JWT_ISSUER: {
    default: "none",
    doc: "Issuer of callers' tokens; if it is not set, no token is accepted.",
  },
  CALLER_JWT_AUDIENCE: { default: "countersign", doc: "Audience of callers' tokens." },
  CALLER_JWKS_FILE: { default: "none", doc: "Public keys of callers' tokens, instead of `JWT_SECRET`." },
  CALLER_JWKS_URL: { default: "none", doc: "URL from which those keys are fetched." },
  TLS_CERT_FILE: {
    default: "none",
    doc: "Certificate chain of the port, PEM; without it the port is cleartext.",
  },
  TLS_KEY_FILE: { default: "none", doc: "Its key, PEM." },
  TLS_CLIENT_CA_FILE: { default: "none", doc: "Authorities of client certificates, PEM." },
  TLS_CLIENT_AUTH: {
    default: "require",
    doc: "Whether to `require` or only `request` a client certificate.",
  },
  SEND_COOLDOWN_SECONDS: { default: "30", doc: "Cooldown between two codes to one user, 0 to 600 s." },
  SEND_COOLDOWN_MAX_SECONDS: {
    default: "600",
    doc: "Longest cooldown, which grows while codes are sent and none is accepted; up to 3600 s.",
  },
  SEND_LIMIT_USER_HOURLY: { default: "10", doc: "Codes to one user in an hour." },
  SEND_LIMIT_DESTINATION_HOURLY: { default: "10", doc: "Codes to one number or address in an hour." },
  SEND_LIMIT_USER_DAILY: { default: "20", doc: "Codes to one user in a day." },
  SEND_LIMIT_DESTINATION_DAILY: { default: "20", doc: "Codes to one number or address in a day." },
  SEND_LIMIT_PREFIX_HOURLY: {
    default: "100",
    doc: "Codes to numbers that share all but four digits in an hour.",
  },
  SEND_LIMIT_COUNTRY_DAILY: { default: "5000", doc: "Codes to one country in a day." },
  SEND_LIMIT_OVERALL_DAILY: { default: "20000", doc: "Codes in a day." },
  SEND_COMPLETION_MIN_PERCENT: {
    default: "10",
    doc: "Lowest share of the SMS codes to a block of numbers or a country that is entered, 0 (off) to 100 %.",
  },
  SEND_COMPLETION_MIN_SENDS: {
    default: "50",
    doc: "Minimum number of codes in an hour before the completion rate is judged.",
  },
  SEND_COMPLETION_STOP: {
    default: "prefix",
    doc: "What a low completion rate blocks: `none`, the `prefix`, or the `country` as well.",
  },
  NOTICES: {
    default: "all",
    doc: "Security notices that users receive: `all`, `none`, or a list of the kinds in delivery.md.",
  },
  NOTICE_LOCALE: { default: "en", doc: "Language of notices: `en` or `es`." },
  NOTICE_LIMIT_DAILY: { default: "10", doc: "Notices of one kind to one number or address in a day." },
  NOTICE_LIMIT_OVERALL_DAILY: { default: "20000", doc: "Notices in a day, by SMS and by e-mail each." },
  AUDIT_SEAL_INTERVAL_SECONDS: {
    default: "60",
    doc: "How often the audit log is sealed, 0 (never) to 600 s.",
  },
  CLOCK_SKEW_LIMIT_SECONDS: {
    default: "5",
    doc: "A replica whose clock differs by more than this from the clocks of both stores takes no calls; 0 (no limit) to 60 s.",
  },
  LOG_LEVEL: { default: "info", doc: "One of debug, info, warn, error, silent." },
  OTEL_TRACES_EXPORTER: {
    default: "otlp if an endpoint is set, else none",
    doc: "`otlp` or `none`; see tracing.md.",
  },
  OTEL_SDK_DISABLED: { default: "false", doc: "Turns traces off, whatever the other variables say." },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    default: "http://localhost:4318",
    doc: "Collector that accepts OTLP over HTTP; `/v1/traces` is appended.",
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: { default: "none", doc: "The same for traces alone, with its path." },
  OTEL_EXPORTER_OTLP_PROTOCOL: { default: "http/protobuf", doc: "`http/protobuf` or `http/json`." },
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: { default: "none", doc: "The same for traces alone." },
  OTEL_EXPORTER_OTLP_HEADERS: {
    default: "none",
    doc: "Headers for the collector: `name=value` pairs separated by commas, values percent-encoded.",
    secret: true,
  },
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: { default: "none", doc: "The same for traces alone.", secret: true },
  OTEL_EXPORTER_OTLP_CERTIFICATE: {
    default: "none",
    doc: "Authorities of the collector's certificate, PEM.",
  },
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: { default: "none", doc: "The same for traces alone." },
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: {
    default: "none",
    doc: "Client certificate for the collector, PEM.",
  },
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: { default: "none", doc: "The same for traces alone." },
  OTEL_EXPORTER_OTLP_CLIENT_KEY: { default: "none", doc: "Its key, PEM." },
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: { default: "none", doc: "The same for traces alone." },
  OTEL_TRACES_SAMPLER: {
    default: "parentbased_always_on",
    doc: "Which calls are traced: OpenTelemetry's `always_on`, `always_off`, `traceidratio`, or `parentbased_` and one of them.",
  },
  OTEL_TRACES_SAMPLER_ARG: { default: "1", doc: "Share of the calls that `traceidratio` traces, 0 to 1." },
  OTEL_SERVICE_NAME: { default: "countersign", doc: "`service.name` of every span." },
  OTEL_RESOURCE_ATTRIBUTES: {
    default: "none",
    doc: "Resource attributes of every span, in the form of the headers.",
  },
  COUNTERSIGN_VERSION: {
    default: "unknown",
    doc: "Version of this build, for metrics and traces; the image sets it.",
  },
  COUNTERSIGN_REVISION: { default: "unknown", doc: "Commit of this build, likewise." },
  REFLECTION: {
    default: "true, false in production",
    doc: "Whether server reflection is served.",
  },
  DRAIN_DELAY_MS: {
    default: "0, 5000 in production",
    doc: "How long to continue serving after SIGTERM, 0 to 60000 ms.",
  },
  SHUTDOWN_TIMEOUT_MS: {
    default: "20000",
    doc: "How long calls in flight may then take to finish, 0 to 300000 ms.",
  },
};
