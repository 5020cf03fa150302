FROM a
RUN --mount=type=cash,target=/x true
