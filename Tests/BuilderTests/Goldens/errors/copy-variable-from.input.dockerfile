FROM a
ARG S=x
COPY --from=$S a b
