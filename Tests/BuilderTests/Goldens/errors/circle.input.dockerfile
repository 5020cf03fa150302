FROM a AS one
COPY --from=two a b
FROM a AS two
COPY --from=one a b
FROM one
