FROM a
RUN --mount=type=cache,tarjet=/x true
