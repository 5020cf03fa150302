FROM a
COPY --from=7 a b
