FROM a
ENV A=${B:x}
