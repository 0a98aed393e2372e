FROM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY handler/openapi.yaml /src/handler/openapi.yaml
COPY web ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist ./web/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /kezhi ./cmd/kezhi && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /kezhi /kezhi
COPY --from=build --chown=65532:65532 /data /data
ENV KEZHI_DATA_DIR=/data KEZHI_ENV=production
USER 65532:65532
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/kezhi"]
CMD ["serve"]
