# A release pins both bases by digest: --build-arg BUILD_IMAGE=docker.io/library/node:24-bookworm-slim@sha256:...
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# The bundle is the same for every platform: it is built on the machine's own, and only the runtime is the target's.
FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
# Certificates of the network's own proxy, where packages come through one.
ARG NODE_EXTRA_CA_CERTS
WORKDIR /build
COPY . .
RUN node scripts/run.mjs bundle /app

# docker build --target sbom --output . takes the software bill of materials out.
FROM scratch AS sbom
COPY --from=build /app/sbom.cdx.json /

# No shell and no package manager: Node, certificates, and a few files that belong to root and are run by somebody else.
FROM ${RUNTIME_IMAGE} AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="countersign" \
      org.opencontainers.image.description="Multi-factor authentication over gRPC" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
ENV NODE_ENV=production ENVIRONMENT=production HOST=0.0.0.0 \
    COUNTERSIGN_VERSION=${VERSION} COUNTERSIGN_REVISION=${REVISION}
WORKDIR /app
COPY --from=build --chown=0:0 /app ./
USER 65532:65532
EXPOSE 50051 9090
# Memory of the slow hash goes back to the system; else the C library keeps some 80 MB of it.
ENV MALLOC_MMAP_THRESHOLD_=1048576
# The rest of the memory limit is for what is young, buffers, scrypt and Node itself; without a bound in terms of the limit, Node outgrows it.
# With the bound alone Node would collect garbage all the time: it gives a small heap little room for what is young, and to grow.
ENTRYPOINT ["/nodejs/bin/node", "--max-old-space-size-percentage=40", "--max-semi-space-size=16", "--heap-growing-percent=100", "/app/main.mjs"]
CMD ["serve"]
