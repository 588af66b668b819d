ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY . .
RUN node scripts/run.mjs deploy /deploy

# Compiled code and production dependencies alone, owned by root and run by somebody else.
FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /deploy ./
USER node
EXPOSE 50051 9090
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
