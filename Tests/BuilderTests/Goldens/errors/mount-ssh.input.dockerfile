FROM a
RUN --mount=type=ssh true
