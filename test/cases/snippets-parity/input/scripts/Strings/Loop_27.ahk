Loop 27 {
    Send "27"
}
