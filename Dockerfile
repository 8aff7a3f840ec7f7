# The base image brings Node, so the one that npm would install beside the packages is left out.
ARG BASE_IMAGE=docker.io/library/node:26-slim

FROM ${BASE_IMAGE} AS packages
WORKDIR /gateway
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# The topology page is bundled here: the bundler is no part of the image.
FROM ${BASE_IMAGE} AS pages
WORKDIR /gateway
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src/pages ./src/pages
RUN node src/pages/build.ts

FROM ${BASE_IMAGE}
WORKDIR /gateway
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
# Memory that is free goes back to the system sooner: time hardly tells.
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
COPY --from=packages /gateway/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY --from=pages /gateway/dist ./dist
COPY schema ./schema
RUN install -d -o 1000 compiled
# The unprivileged user that Node's images bring; a number, so that Kubernetes can tell it is not root.
USER 1000
# One start leaves behind what Node made of the sources: a replica is ready sooner with it, and has nowhere to write it.
ENV NODE_COMPILE_CACHE=/gateway/compiled
RUN SANDBOX=1 PORT=0 timeout 10 node src/start.js || test $? = 124
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "src/healthcheck.js"]
# Node itself is process 1: SIGTERM reaches it, and it drains.
CMD ["node", "src/start.js"]
