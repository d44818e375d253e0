# Build:  docker build -t ims-ferry .
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: the image has its own Node, and nothing has to be compiled.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM dependencies AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/copy-assets.mjs ./scripts/
COPY src ./src
COPY simulator ./simulator
RUN npm run -s build:code && npm run -s build:assets

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY manifests ./manifests
# A new volume for the state of the worker gets the owner of this folder.
RUN mkdir /state && chown node:node /state
# Everything else belongs to root: the program cannot change itself, even on a writable root file system.
USER node
# `work --heartbeat /tmp/heartbeat` touches that file every 5 seconds: a worker that hangs becomes
# unhealthy. Only /tmp has to be writable.
ENV IMS_FERRY_HEARTBEAT_FILE=/tmp/heartbeat
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "process.exit(Date.now() - require('node:fs').statSync(process.env.IMS_FERRY_HEARTBEAT_FILE).mtimeMs < 20000 ? 0 : 1)"]
# Node is process 1 and receives SIGTERM directly, without npm or a shell.
ENTRYPOINT ["node", "dist/src/cli.js"]
CMD ["--help"]
