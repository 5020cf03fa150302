FROM a AS one
COPY --from=one a b
