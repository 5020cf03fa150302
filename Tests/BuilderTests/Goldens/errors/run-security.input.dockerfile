FROM a
RUN --security=insecure true
