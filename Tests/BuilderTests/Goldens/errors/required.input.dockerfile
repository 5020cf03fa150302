FROM a
WORKDIR ${DIR:?please set DIR}
