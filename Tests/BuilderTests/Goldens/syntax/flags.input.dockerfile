FROM --platform=$BUILDPLATFORM golang:1 AS build
RUN --mount=type=cache,target=/root/.cache --mount="type=bind,source=a b,target=/x" --network=none make
COPY --from=build --chown=1:2 --chmod=0755 --link a b /dest/
ADD --unpack=false x.tar /
RUN -- --not-a-flag
HEALTHCHECK --interval=5s --retries=3 CMD curl -f http://localhost/
